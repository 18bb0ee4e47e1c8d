/* What happens in the whole tenant, for those who follow it as one stream (tenant_stream.h): hears
 * of all runs and makes each line once for all streams.
 *
 *     tenant_begin(&watchers, runs);     once; without it nothing is told
 *     tenant_reloaded(&watchers); tenant_stops(&watchers);
 *     tenant_end(&watchers);             before the loop goes, when there are no connections */
#ifndef DAEMON_WATCH_TENANT_WATCH_H
#define DAEMON_WATCH_TENANT_WATCH_H

struct runs;
struct watchers;

int tenant_begin(struct watchers *all, struct runs *runs); /* 0 or -ENOMEM */
void tenant_end(struct watchers *all);

/* The settings were read again. */
void tenant_reloaded(struct watchers *all);
/* The daemon drains, or stops: core says which. */
void tenant_stops(struct watchers *all);

#endif
