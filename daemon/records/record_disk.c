#include "record_disk.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/os/sys.h"
#include "record_old.h"
#include "record_open.h"

int record_erase(const struct record_where *where)
{
    if (sys.unlinkat(where->parent, where->name, 0) == 0 || errno == ENOENT)
        return 0;
    return errno == EISDIR || errno == EPERM ? record_old_erase(where->parent, where->name)
                                             : -errno;
}

int64_t record_bytes(const struct record_where *where)
{
    struct stat st;
    _cleanup_close_ int fd = record_open_either(where->parent, where->name, &st);
    if (fd < 0)
        return fd;
    return S_ISDIR(st.st_mode) ? record_old_bytes(fd) : st.st_size;
}
