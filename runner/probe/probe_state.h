/* What a probe has found out so far. Private to probe.c, probe_site.c, probe_ask.c and
 * probe_rows.c; probe.h is the interface. */
#ifndef RUNNER_PROBE_PROBE_STATE_H
#define RUNNER_PROBE_PROBE_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "runner/link/secrets.h"
#include "runner/net/http.h"
#include "runner/provider/provider.h"

/* A provider: what came of asking for its list of models. */
struct probe_site {
    const char *name;
    const struct provider *wire;
    struct provider_config config;
    const struct egress *egress;
    const struct secrets *secrets;
    struct provider_request request;
    struct http_transfer *transfer;
    struct buf body;
    bool done;
    bool sent;                /* something was asked for: `fault` or `models` say what came of it */
    struct reply_fault fault; /* kind "": none */
    json_t *models;           /* ids, or NULL */
    bool more;                /* there are more of them */
};

/* One call of a model: the fact that came of it. */
struct probe_call {
    char id[32];
    json_t *fact; /* attempt_failed or exchange_completed; NULL: none yet */
    int pieces;   /* deltas */
};

struct probe_target {
    struct probe_site *site;
    const char *model;
    bool begun;
    struct probe_call stream, form;
};

struct probe_findings {
    struct probe_site *sites;
    size_t site_count;
    struct probe_target *targets;
    size_t target_count;
};

/* ---- probe_site.c ---- */

/* config is borrowed. */
void probe_site_init(struct probe_site *s, const char *name, json_t *config, const char *key,
                     const struct provider *wire, const struct secrets *secrets);
void probe_site_release(struct probe_site *s);
/* Asks for the list of models, or takes the fixed one. */
void probe_site_begin(struct probe_site *s, struct http *http);
/* Time is over: what has not come has failed. */
void probe_site_give_up(struct probe_site *s);
/* A key has to be there, and is not. */
bool probe_site_lacks_key(const struct probe_site *s);
/* Its models can be asked something. */
bool probe_site_usable(const struct probe_site *s);

/* ---- probe_rows.c: from what was found to what people read. Pure. ---- */

/* [{provider, model, check, status, detail, hint, ms}] */
json_t *probe_rows(const struct probe_findings *found);
/* {ok, rows} */
json_t *probe_check_result(const struct probe_findings *found);
/* {provider, models, complete, fault} */
json_t *probe_models_result(const struct probe_site *site);

#endif
