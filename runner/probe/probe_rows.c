/* From what a probe has found to rows for people: what was checked, whether it works, and what to
 * do where it does not. */
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "probe_hint.h"
#include "probe_model.h"
#include "probe_sheet.h"
#include "runner/provider/models.h"

/* ---- the way there ---- */

/* Where it broke off: 0 name, 1 connection, 2 TLS; 3: it did not. */
static int broken_step(const struct probe_site *site)
{
    static const struct {
        const char *code;
        int step;
    } STEPS[] = {{"dns", 0},       {"connect", 1},       {"connect_timeout", 1},
                 {"no_answer", 1}, {"tls_handshake", 2}, {"tls", 2}};
    if (!strncmp(site->fault.message, "Resolving timed out", 19))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
        if (!strcmp(site->fault.code, STEPS[i].code))
            return STEPS[i].step;
    return 3;
}

static bool is_plain_http(const struct probe_site *site)
{
    return site->config.base_url && !strncasecmp(site->config.base_url, "http:", 5);
}

static void add_way(struct sheet *s, const struct probe_site *site)
{
    static const char *const CHECKS[] = {"resolve", "connect", "tls"};
    int broken = broken_step(site);
    for (int i = 0; i < (int)ARRAY_LEN(CHECKS); i++) {
        if (!site->sent)
            sheet_add(s, CHECKS[i], PROBE_SKIPPED, "", "has no network");
        else if (i == broken)
            sheet_add(s, CHECKS[i], PROBE_FAILED, probe_hint(site->fault.code), "%s",
                      site->fault.message);
        else if (i > broken)
            sheet_add(s, CHECKS[i], PROBE_SKIPPED, "", "not reached");
        else if (i == 2 && is_plain_http(site))
            sheet_add(s, CHECKS[i], PROBE_SKIPPED, "", "plain http");
        else
            sheet_add(s, CHECKS[i], PROBE_OK, "", "%s", "");
    }
}

/* ---- the key ---- */

/* The provider itself said why not, so it has let the key in. */
static bool turned_down(const struct probe_call *c)
{
    return json_integer_value(json_object_get(probe_call_error(c), "http_status")) >= 300 &&
           !probe_call_failed_as(c, "auth");
}

static void add_key_present(struct sheet *s, const struct probe_site *site)
{
    if (site->config.key)
        sheet_add(s, "key_present", PROBE_OK, "", "%s",
                  site->config.key_env ? site->config.key_env : "");
    else if (probe_site_lacks_key(site))
        sheet_add(s, "key_present", PROBE_FAILED,
                  "councilctl login, or put it into a file of that name in the credentials_dir of "
                  "councild and reload "
                  "it, or start "
                  "it with that variable",
                  "%s is not set", site->config.key_env);
    else
        sheet_add(s, "key_present", PROBE_SKIPPED, "", "none is needed");
}

struct verdict {
    bool accepted;
    const struct probe_call *refused;
};

static void judge(struct verdict *v, const struct probe_call *c)
{
    if (probe_call_answered(c) || turned_down(c))
        v->accepted = true;
    else if (probe_call_failed_as(c, "auth"))
        v->refused = c;
}

static void add_key_accepted(struct sheet *s, const struct probe_findings *found,
                             const struct probe_site *site)
{
    struct verdict v = {site->models && !site->wire->models.public, NULL};
    bool list_refused = !strcmp(site->fault.code, "auth");
    for (size_t i = 0; i < found->target_count; i++) {
        if (found->targets[i].site != site)
            continue;
        judge(&v, &found->targets[i].stream);
        judge(&v, &found->targets[i].form);
    }
    if (!site->config.key && !v.refused && (!list_refused || probe_site_lacks_key(site)))
        sheet_add(s, "key_accepted", PROBE_SKIPPED, "", "no key was sent");
    else if (v.refused)
        sheet_add_failure(s, "key_accepted", v.refused);
    else if (v.accepted)
        sheet_add(s, "key_accepted", PROBE_OK, "", "%s", "");
    else if (list_refused)
        sheet_add(s, "key_accepted", PROBE_FAILED, probe_hint("auth"), "%s", site->fault.message);
    else
        sheet_add(s, "key_accepted", PROBE_SKIPPED, "", "nothing was asked that needs it");
}

static void add_list(struct sheet *s, const struct probe_site *site)
{
    if (site->models)
        sheet_add(s, "models", PROBE_OK, "", "%zu%s", json_array_size(site->models),
                  site->more ? "+" : "");
    else if (broken_step(site) < 3)
        sheet_add(s, "models", PROBE_SKIPPED, "", "not reached");
    else if (!strcmp(site->fault.code, "auth"))
        sheet_add(s, "models", PROBE_SKIPPED, "", "not shown with this key");
    else if (!strcmp(site->fault.code, "model_not_found"))
        sheet_add(s, "models", PROBE_SKIPPED, "", "the server has no list of models");
    else
        sheet_add(s, "models", PROBE_FAILED, probe_hint(site->fault.code), "%s: %s",
                  site->fault.code, site->fault.message);
}

/* ---- all of it ---- */

static void add_site(struct sheet *s, const struct probe_findings *found,
                     const struct probe_site *site)
{
    s->provider = site->name;
    add_way(s, site);
    add_key_present(s, site);
    add_key_accepted(s, found, site);
    add_list(s, site);
    for (size_t i = 0; i < found->target_count; i++)
        if (found->targets[i].site == site)
            sheet_add_model(s, &found->targets[i]);
}

json_t *probe_rows(const struct probe_findings *found)
{
    struct sheet s = {.rows = j_array()};
    for (size_t i = 0; i < found->site_count; i++)
        add_site(&s, found, &found->sites[i]);
    return s.rows;
}

json_t *probe_check_result(const struct probe_findings *found)
{
    json_t *rows = probe_rows(found), *row;
    bool ok = true;
    size_t i;
    json_array_foreach (rows, i, row)
        if (!strcmp(j_str(row, "status", NULL), PROBE_FAILED))
            ok = false;
    return j_pack("{s:b, s:o}", "ok", (int)ok, "rows", rows);
}

static json_t *fault_json(const struct probe_site *site)
{
    if (probe_site_lacks_key(site)) {
        _cleanup_free_ char *message = xasprintf("%s is not set", site->config.key_env);
        return j_pack("{s:s, s:s, s:s}", "code", "key_missing", "message", message, "hint",
                      "give councild the key, and reload it");
    }
    const char *code = site->fault.code;
    bool no_list = !strcmp(code, "model_not_found");
    return j_pack("{s:s, s:s, s:s}", "code", no_list ? "no_list" : code, "message",
                  site->fault.message, "hint",
                  no_list ? "the server has no list of models, or base_url has the wrong path"
                          : probe_hint(code));
}

json_t *probe_models_result(const struct probe_site *site)
{
    return j_pack("{s:s, s:o, s:b, s:o}", "provider", site->name, "models",
                  site->models ? json_incref(site->models) : json_array(), "complete",
                  (int)(site->models && !site->more), "fault",
                  site->models ? json_null() : fault_json(site));
}
