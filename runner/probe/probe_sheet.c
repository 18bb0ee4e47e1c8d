#include "probe_sheet.h"

#include <stdarg.h>
#include <string.h>

#include "common/jx.h"
#include "common/utf8.h"
#include "probe_hint.h"

enum { DETAIL_MAX = 400 };

void sheet_add(struct sheet *s, const char *check, const char *status, const char *hint,
               const char *format, ...)
{
    char detail[DETAIL_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    detail[utf8_cut(detail, strlen(detail))] = '\0';
    json_t *row =
        json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s, s:n}", "provider", s->provider, "model",
                  s->model, "check", check, "status", status, "detail", detail, "hint", hint, "ms");
    j_add(s->rows, row);
}

/* ---- facts of a call ---- */

json_t *probe_call_error(const struct probe_call *c)
{
    return json_object_get(c->fact, "error");
}

const char *probe_call_code(const struct probe_call *c)
{
    const char *code = j_str(probe_call_error(c), "code", NULL);
    return code ? code : "";
}

bool probe_call_failed_as(const struct probe_call *c, const char *code)
{
    return !strcmp(probe_call_code(c), code);
}

bool probe_call_answered(const struct probe_call *c)
{
    return c->fact && !probe_call_error(c);
}

const char *probe_call_words(const struct probe_call *c)
{
    const char *message = j_str(probe_call_error(c), "message", NULL);
    return message ? message : "";
}

void sheet_add_failure(struct sheet *s, const char *check, const struct probe_call *c)
{
    sheet_add(s, check, PROBE_FAILED, probe_hint(probe_call_code(c)), "%s: %s", probe_call_code(c),
              probe_call_words(c));
}
