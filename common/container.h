/* From a member to the struct that it stands in: for what is hung on something as a part of
 * something larger. */
#ifndef COMMON_CONTAINER_H
#define COMMON_CONTAINER_H

#include <stddef.h>

#define CONTAINER_OF(at, type, member) ((type *)((char *)(at)-offsetof(type, member)))

#endif
