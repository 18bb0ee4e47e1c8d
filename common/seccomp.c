#include "seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_is_there(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    if (!SECCOMP_OWN_ARCHITECTURE)
        return 0;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        return 1;
    return errno == EPERM ? -EPERM : 0;
}
