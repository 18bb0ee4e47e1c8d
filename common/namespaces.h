/* What of the kernel's namespaces an ordinary process can have here: kernels, distributions and
 * units forbid them in ways that only trying shows. */
#ifndef COMMON_NAMESPACES_H
#define COMMON_NAMESPACES_H

/* Tries it in a child that is gone when this returns: a user namespace, its own ids written into
 * its maps, and with it the others that `flags` name (CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWIPC,
 * CLONE_NEWNET ...; CLONE_NEWUSER goes without saying); with CLONE_NEWNS also whether its mounts
 * may be changed. 0, or -errno of what failed. To be called while single-threaded, and where nobody
 * else reaps this process's children. */
int namespaces_probe(int flags);

/* For a process that has just come into a new user namespace of its own: its ids inside are what
 * they were outside. 0 or -errno. The process must be dumpable. */
int namespaces_keep_ids(unsigned uid, unsigned gid);

/* Is this process the only thread of its program: 1 or 0; -errno where it cannot be told. */
int namespaces_is_single_threaded(void);

#endif
