/* An auto council: the stage before the first round, in which the council is chosen. Its calls are
 * made by a host, a council without members under the path of the outermost one; when a council is
 * chosen it takes the host's place.
 *
 *     s = auto_new(e);          e->doc is the auto document, e->root the host
 *     auto_start(s);
 *     while (auto_step(s)) ;    until the engine has its council (e->stage is NULL then), or the
 *                               run has failed (the host is done) */
#ifndef RUNNER_DELIBERATION_COUNCIL_AUTO_STAGE_H
#define RUNNER_DELIBERATION_COUNCIL_AUTO_STAGE_H

#include <stdbool.h>

struct auto_stage;
struct engine;

struct auto_stage *auto_new(struct engine *e);
void auto_free(struct auto_stage *s);
void auto_start(struct auto_stage *s);
bool auto_step(struct auto_stage *s);

#endif
