#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

/* The numbers are the same on every architecture that has these calls. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { FLAG_VERSION = 1, RULE_PATH = 1, RULE_PORT = 2 };

/* As the kernel reads them; older kernels take a prefix if the rest is zero. */
struct landlock_path_rule {
    uint64_t rights;
    int32_t fd;
} __attribute__((packed));
struct landlock_port_rule {
    uint64_t rights;
    uint64_t port;
};

static int result_of(long r)
{
    return r < 0 ? -errno : (int)r;
}

int landlock_abi(void)
{
    int abi = result_of(syscall(CREATE_RULESET, NULL, (size_t)0, FLAG_VERSION));
    return abi == -ENOSYS || abi == -EOPNOTSUPP ? 0 : abi;
}

uint64_t landlock_file_rights(int abi, uint64_t rights)
{
    int known = abi >= LANDLOCK_ABI_DEVICES    ? 16
                : abi >= LANDLOCK_ABI_TRUNCATE ? 15
                : abi >= LANDLOCK_ABI_REFER    ? 14
                : abi >= 1                     ? 13
                                               : 0;
    return rights & ((UINT64_C(1) << known) - 1);
}

struct landlock_handled landlock_all(int abi)
{
    return (struct landlock_handled){
        .files = landlock_file_rights(abi, LANDLOCK_ALL),
        .tcp = abi >= LANDLOCK_ABI_TCP ? LANDLOCK_TCP_BIND | LANDLOCK_TCP_CONNECT : 0,
        .scopes = abi >= LANDLOCK_ABI_SCOPES ? LANDLOCK_SCOPE_SOCKET | LANDLOCK_SCOPE_SIGNAL : 0,
    };
}

int landlock_new(const struct landlock_handled *handled)
{
    return result_of(syscall(CREATE_RULESET, handled, sizeof(*handled), 0));
}

int landlock_add_file(int ruleset, int fd, uint64_t rights)
{
    const uint64_t of_files = LANDLOCK_EXECUTE | LANDLOCK_WRITE | LANDLOCK_READ_FILE |
                              UINT64_C(1) << 14 /* truncate */ | UINT64_C(1) << 15 /* ioctl */;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    struct landlock_path_rule rule = {S_ISDIR(st.st_mode) ? rights : rights & of_files, fd};
    if (!rule.rights)
        return 0;
    return result_of(syscall(ADD_RULE, ruleset, RULE_PATH, &rule, 0));
}

int landlock_add_path(int ruleset, const char *path, uint64_t rights)
{
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
    return fd < 0 ? -errno : landlock_add_file(ruleset, fd, rights);
}

int landlock_add_port(int ruleset, uint16_t port)
{
    struct landlock_port_rule rule = {LANDLOCK_TCP_CONNECT, port};
    return result_of(syscall(ADD_RULE, ruleset, RULE_PORT, &rule, 0));
}

int landlock_enforce(int ruleset)
{
    return result_of(syscall(RESTRICT_SELF, ruleset, 0));
}
