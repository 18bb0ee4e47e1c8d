/* Landlock by the kernel's own calls: no header or library of the machine has to know them. What an
 * ABI does not have is asked of nobody: the masks here name what there is.
 *
 *     abi = landlock_abi();
 *     set = landlock_new(&(struct landlock_handled){landlock_file_rights(abi), ...});
 *     landlock_add_path(set, "/usr/lib", LANDLOCK_READ);      as often as there are paths
 *     landlock_add_port(set, 443);
 *     landlock_enforce(set);                                  for ever, for this thread only
 *
 * no_new_privs has to be set before. Source: linux/Documentation/userspace-api/landlock.rst. */
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <stdint.h>

enum {
    LANDLOCK_ABI_REFER = 2,
    LANDLOCK_ABI_TRUNCATE = 3,
    LANDLOCK_ABI_TCP = 4,
    LANDLOCK_ABI_DEVICES = 5,
    LANDLOCK_ABI_SCOPES = 6,
};

/* File rights, as the kernel counts them. */
#define LANDLOCK_EXECUTE   (UINT64_C(1) << 0)
#define LANDLOCK_WRITE     (UINT64_C(1) << 1) /* of a file's content */
#define LANDLOCK_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_READ_DIR  (UINT64_C(1) << 3)
#define LANDLOCK_READ      (LANDLOCK_READ_FILE | LANDLOCK_READ_DIR)
/* Everything that a folder's owner does in it: making, writing, renaming, removing, truncating. */
#define LANDLOCK_CHANGE (~(LANDLOCK_EXECUTE | LANDLOCK_READ))
#define LANDLOCK_ALL    (~UINT64_C(0))

#define LANDLOCK_TCP_BIND     (UINT64_C(1) << 0)
#define LANDLOCK_TCP_CONNECT  (UINT64_C(1) << 1)
#define LANDLOCK_SCOPE_SOCKET (UINT64_C(1) << 0) /* abstract UNIX sockets of others */
#define LANDLOCK_SCOPE_SIGNAL (UINT64_C(1) << 1) /* signals to others */

/* What is forbidden but for the rules that are added. */
struct landlock_handled {
    uint64_t files;
    uint64_t tcp;
    uint64_t scopes;
};

/* The kernel's version of Landlock; 0: it has none, or it is switched off; -EPERM: somebody's
 * filter of system calls keeps us from it. */
int landlock_abi(void);
/* Of these rights (LANDLOCK_...) those that the ABI knows. */
uint64_t landlock_file_rights(int abi, uint64_t rights);
/* What an ABI can forbid: all file rights, TCP from ABI 4 on, scopes from ABI 6 on. */
struct landlock_handled landlock_all(int abi);

/* A descriptor, close-on-exec, or -errno. */
int landlock_new(const struct landlock_handled *handled);
/* Allows rights below a path (links are followed). Rights that a plain file cannot have are left
 * out; those that the ruleset does not handle must not be among them. 0 or -errno: -ENOENT where
 * there is nothing. */
int landlock_add_path(int ruleset, const char *path, uint64_t rights);
/* The same for what is open already; the descriptor stays the caller's. */
int landlock_add_file(int ruleset, int fd, uint64_t rights);
int landlock_add_port(int ruleset, uint16_t port); /* to connect to */
int landlock_enforce(int ruleset);                 /* 0 or -errno; the descriptor stays open */

#endif
