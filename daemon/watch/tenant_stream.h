/* One client's stream of the tenant: a snapshot of what is alive, in pages, then what happens.
 *
 * A stream is live, and is told each thing when it happens, or it is behind: at the beginning, and
 * whenever a thing found no room in its connection. Who is behind is told nothing as it happens;
 * its connection pulls, while it has room,
 *
 *     1. the runs that were alive when it began to (a snapshot)
 *     2. the ends since the last one that it was told
 *     3. the runs that became ready meanwhile and are alive
 *
 * and 2 and 3 again until nothing is left, when it is live. Ends and starts are numbered, so that
 * none is told twice and none is left out; a run that began and ended meanwhile is told as an end
 * alone. Two runs of one id are told in their order, for 2 and 3 go up to the same moment. */
#ifndef DAEMON_WATCH_TENANT_STREAM_H
#define DAEMON_WATCH_TENANT_STREAM_H

struct conn;
struct tenant_stream;
struct watchers;

/* kinds: a bit for each of enum tenant_news. registry NULL: all. The ref, which lives as long as
 * the stream; NULL: no memory. Its connection is touched when the ref is queued. */
const char *tenant_stream_new(struct watchers *all, struct conn *c, const char *registry,
                              int kinds);
struct tenant_stream *tenant_stream_find(const struct watchers *all, const char *ref);
const struct conn *tenant_stream_conn(const struct tenant_stream *s);
void tenant_stream_free(struct tenant_stream *s); /* NULL is fine */
/* The streams of this connection are of that registry from now on; those of another are empty. */
void tenant_streams_narrow(struct watchers *all, const struct conn *c, const char *registry);

#endif
