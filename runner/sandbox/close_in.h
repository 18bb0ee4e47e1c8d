/* Closing this process in: from then on it reads what it needs, connects where it has to, signals
 * and sees nobody, and makes no system call but those of its table. In steps, so that whoever waits
 * for a start does not wait for all of it:
 *
 *     c = closing_new("/etc/ssl/certs");             while nobody waits: rules and filter are made
 *     closing_begin(c);                              perhaps: no system call but those
 *     closing_add_file(c, "/etc/own-ca.pem");        as the spec says
 *     closing_add_url(c, "https://api.example");
 *     closing_enforce(c, &policy, &state, &err);     once, for ever, while single-threaded
 *
 * Nothing that is opened before is taken away. After it no process can be started. */
#ifndef RUNNER_SANDBOX_CLOSE_IN_H
#define RUNNER_SANDBOX_CLOSE_IN_H

#include "common/error.h"
#include "proto/sandbox.h"

struct closing;

/* Ends the process when memory is out. What cannot be made is told by closing_enforce. The filter
 * is for the process that makes it: after a fork it has to be made anew. ca_dir NULL: none. */
struct closing *closing_new(const char *ca_dir);
void closing_free(struct closing *c); /* NULL is fine */

/* A file, or a folder with all that is in it, is read. NULL and what is not there are passed over:
 * whoever opens it will hear so. */
void closing_add_file(struct closing *c, const char *path);
/* The port that a URL says, or its scheme's. NULL: none; what has no port allows none. */
void closing_add_url(struct closing *c, const char *url);

/* Puts the filter on, which takes longest: every processor has to hear of it. From then on no
 * process can be started and `off` is refused. What fails is told by closing_enforce, which does
 * it where it was not done. */
void closing_begin(struct closing *c);

/* c may be NULL where the mode is off. 0 with what is in force, by `best` or `off` perhaps nothing;
 * or -errno with err when the run must not be: strict asks for what is not there, or something that
 * should work does not. */
int closing_enforce(struct closing *c, const struct sandbox_policy *policy,
                    struct sandbox_state *ret, struct error *err);

#endif
