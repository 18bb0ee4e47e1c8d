#include "tenant_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/container.h"
#include "daemon/records/record_archive.h"
#include "proto/methods/method_params.h"
#include "serve/conn.h"
#include "tenant_pull.h"
#include "tenant_told.h"
#include "watchers.h"

/* ---- as a part of its connection ---- */

static void pull(struct conn_part *part)
{
    tenant_pull(CONTAINER_OF(part, struct tenant_stream, part));
}

static bool has_more(const struct conn_part *part)
{
    return CONTAINER_OF(part, const struct tenant_stream, part)->phase != LIVE;
}

static void drop(struct conn_part *part)
{
    tenant_stream_free(CONTAINER_OF(part, struct tenant_stream, part));
}

static const struct conn_part_ops STREAM = {.pull = pull, .more = has_more, .drop = drop};

/* ---- birth and death ---- */

static void narrow(struct tenant_stream *s, const char *registry)
{
    s->narrow = true;
    snprintf(s->registry, sizeof(s->registry), "%s", registry);
}

const char *tenant_stream_new(struct watchers *all, struct conn *c, const char *registry, int kinds)
{
    struct tenant_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    if (refs_add(&all->refs, &s->ref, REF_TENANT_STREAM)) {
        free(s);
        return NULL;
    }
    s->all = all;
    s->conn = c;
    s->kinds = kinds;
    tenant_told_init(s);
    if (registry)
        narrow(s, registry);
    s->reloads = all->tenant.reloads;
    s->starts = s->starts_to = runs_starts(all->tenant.runs);
    s->progress = runs_progress(all->tenant.runs);
    s->ends = records_ends(all->records);
    s->phase = STARTS; /* of which there are none yet */
    if (tenant_told_wants(s, TENANT_SNAPSHOT))
        tenant_pull_begin(s);
    DL_APPEND(all->tenant.streams, s);
    conn_attach(c, &s->part, &STREAM);
    return s->ref.text;
}

struct tenant_stream *tenant_stream_find(const struct watchers *all, const char *ref)
{
    struct ref *found = refs_find(&all->refs, ref, REF_TENANT_STREAM);
    return found ? CONTAINER_OF(found, struct tenant_stream, ref) : NULL;
}

const struct conn *tenant_stream_conn(const struct tenant_stream *s)
{
    return s->conn;
}

void tenant_stream_free(struct tenant_stream *s)
{
    if (!s)
        return;
    struct watchers *all = s->all;
    DL_DELETE(all->tenant.streams, s);
    refs_remove(&all->refs, &s->ref);
    conn_detach(&s->part);
    free(s);
    tenant_pull_trim(all);
}

void tenant_streams_narrow(struct watchers *all, const struct conn *c, const char *registry)
{
    for (struct tenant_stream *s = all->tenant.streams; s; s = s->next)
        if (s->conn == c)
            narrow(s, tenant_told_sees(s, registry) ? registry : "");
}
