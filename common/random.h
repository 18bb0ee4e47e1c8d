/* Random bytes from the kernel. */
#ifndef COMMON_RANDOM_H
#define COMMON_RANDOM_H

#include <stddef.h>

/* Fills `to`; 0 or -errno. */
int random_bytes(void *to, size_t len);

#endif
