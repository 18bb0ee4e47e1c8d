#include "random.h"

#include <errno.h>
#include <sys/random.h>

int random_bytes(void *to, size_t len)
{
    char *at = to;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}
