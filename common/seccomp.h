/* Filters of system calls: is there anything to enforce them. */
#ifndef COMMON_SECCOMP_H
#define COMMON_SECCOMP_H

#include <linux/audit.h>

/* What the kernel calls this program's architecture; 0: one for which nobody has tables here. */
#if defined(__x86_64__)
#define SECCOMP_OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define SECCOMP_OWN_ARCHITECTURE 0
#endif

/* 1; 0: the kernel has none; -EPERM: somebody's filter keeps us from asking. */
int seccomp_is_there(void);

#endif
