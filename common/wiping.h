/* An allocator that overwrites what it gives back, for libraries and JSON through which keys go.
 * What comes from malloc goes back here and the other way round. */
#ifndef COMMON_WIPING_H
#define COMMON_WIPING_H

#include <stddef.h>

void wiping_free(void *p);
/* As realloc; nothing of what was there stays behind. */
void *wiping_realloc(void *p, size_t size);

#endif
