#include "record_vouch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_scan.h"
#include "proto/record_line.h"
#include "record_texts.h"

static int add_range(struct buf *to, const char *name, const struct record_range *range)
{
    if (!range->len)
        return 0;
    return buf_addf(to, ",\"%s_at\":%" PRId64 ",\"%s_bytes\":%" PRId64, name, range->at, name,
                    range->len);
}

int record_vouch_line(struct buf *to, const struct record_vouch *v, int64_t at, const char *body,
                      size_t len)
{
    int r =
        buf_addf(to, "{\"type\":\"%s\",\"size\":%" PRId64, record_line_name(RECORD_LINE_DOWN), at);
    r = r ? r : add_range(to, "spec", &v->spec);
    if (v->spec_sha256[0])
        r = r ? r : buf_addf(to, ",\"spec_sha256\":\"%s\"", v->spec_sha256);
    r = r ? r : add_range(to, "result", &v->result);
    if (len > 2)
        r = r ? r : buf_add_char(to, ',');
    return r ? r : buf_add(to, body + 1, len - 1);
}

static void read_range(const struct json_list *line, const char *at, const char *bytes,
                       struct record_range *ret)
{
    struct record_range range;
    if (json_span_int(json_list_find(line, at), &range.at) == 0 &&
        json_span_int(json_list_find(line, bytes), &range.len) == 0 && range.at >= 0 &&
        range.len > 0)
        *ret = range;
}

static int read_members(const struct json_list *line, int64_t at, struct record_vouch *ret)
{
    int64_t size;
    struct record_vouch v = {0};
    if (!json_span_is(json_list_find(line, "type"), record_line_name(RECORD_LINE_DOWN)) ||
        json_span_int(json_list_find(line, "size"), &size) < 0 || size != at)
        return -EBADMSG;
    read_range(line, "spec_at", "spec_bytes", &v.spec);
    read_range(line, "result_at", "result_bytes", &v.result);
    const struct json_span sha = json_list_find(line, "spec_sha256");
    if (sha.at && json_span_type(sha) == JSON_STRING)
        json_decode_cut(json_span_text(sha), v.spec_sha256, sizeof v.spec_sha256);
    *ret = v;
    return 0;
}

int record_vouch_read(const char *line, size_t len, int64_t at, struct record_vouch *ret)
{
    struct json_scan scan;
    int r = json_scan_object(line, len, &scan);
    r = r < 0 ? r : read_members(&scan.outer, at, ret);
    json_scan_release(&scan);
    return r;
}

int record_vouch_spec(int fd, int64_t size, struct record_vouch *v, char **ret_line)
{
    _cleanup_free_ char *text = NULL;
    struct record_range first;
    v->spec = (struct record_range){0};
    v->spec_sha256[0] = '\0';
    *ret_line = NULL;
    int r = record_file_first(fd, size, RECORD_SPEC_MAX, &first, &text);
    if (r == -ENOENT || r == -EFBIG || (r == 0 && first.len == 0))
        return 0;
    if (r < 0)
        return r;
    v->spec = first;
    sha256_hex(text, (size_t)first.len, v->spec_sha256);
    *ret_line = TAKE_PTR(text);
    return 0;
}
