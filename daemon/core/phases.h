/* What the phases of a turn (serve/loop.h) mean in councild. Its own signals are read before any
 * child is reaped, so that an end is known to be its doing; what runners said is taken after that,
 * and the requests of clients come last. */
#ifndef DAEMON_CORE_PHASES_H
#define DAEMON_CORE_PHASES_H

#include "serve/loop.h"

#define PHASE_SIGNALS LOOP_FIRST
#define PHASE_EXITS   LOOP_SECOND
#define PHASE_LINKS   LOOP_THIRD

#endif
