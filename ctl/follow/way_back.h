/* How to come back to a run that goes on without us. */
#ifndef CTL_FOLLOW_WAY_BACK_H
#define CTL_FOLLOW_WAY_BACK_H

#include "ctl/session/ctl.h"

/* On stderr, as command lines that can be pasted. run_id may be NULL: it is not known yet. */
void way_back_tell(const struct ctl *ctl, const char *run_id);

#endif
