/* What a run is closed in with, in a few words. */
#ifndef CTL_VIEW_SANDBOX_WORDS_H
#define CTL_VIEW_SANDBOX_WORDS_H

#include <jansson.h>

#include "common/buf.h"

/* `files,network,scopes,syscalls,undumpable`, as much of it as the object says is in force; `off`
 * where that is nothing, `-` where it is no object. malloc'ed. */
char *sandbox_words(const json_t *sandbox);

/* One line about `sandbox` of supervisor.info; what is not in force stands there too. */
void sandbox_line(struct buf *out, const json_t *sandbox);

#endif
