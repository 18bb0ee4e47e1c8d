/* Memory for keys, apart from all other: locked against swapping, in no core dump, and not in a
 * child that is forked. Where the kernel has memfd_secret it cannot be read through the kernel
 * either (ptrace, /proc/PID/mem, process_vm_readv); else a fork finds zeros in it, and where the
 * limits do not allow locking (RLIMIT_MEMLOCK) it is not locked.
 *
 * What is given back is overwritten at once. Not thread-safe. */
#ifndef COMMON_KEYBOX_H
#define COMMON_KEYBOX_H

#include <stdbool.h>
#include <stddef.h>

struct keybox;

struct keybox *keybox_new(void);      /* NULL: no memory */
void keybox_free(struct keybox *box); /* overwrites all that is in it; NULL is fine */

/* Makes its memory now: the first key would wait for it. Not needed. */
void keybox_prepare(struct keybox *box);

/* Copies a text of so many bytes and a NUL behind it. NULL: no memory. */
char *keybox_add(struct keybox *box, const char *text, size_t len);
/* Gives back what keybox_add returned; NULL is fine. */
void keybox_remove(struct keybox *box, char *text);

/* Nothing can be read of it through the kernel: all of it is from memfd_secret. */
bool keybox_is_secret(const struct keybox *box);

#endif
