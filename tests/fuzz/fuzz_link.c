/* Whatever stands on the link: a line is understood or refused with a reason, in both directions,
 * and what is understood can be made again and means the same. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "proto/json/json_out.h"
#include "proto/link.h"

enum { LINE_MAX_BYTES = 64 << 20 };

static void check_same(const struct link_up *a, const struct link_up *b)
{
    HOLDS(a->type == b->type);
    HOLDS(a->seq == b->seq);
    HOLDS(a->event_type == b->event_type);
    HOLDS(a->outcome == b->outcome);
    HOLDS(a->event.len == b->event.len);
    HOLDS(a->result.len == b->result.len);
    HOLDS(!a->failed || json_equal(a->failed, b->failed));
}

static int make_again(struct buf *to, const struct link_up *up)
{
    switch (up->type) {
    case LINK_READY:
        return link_make_ready(to, NULL);
    case LINK_FAILED:
        return link_make_failed(to, json_string_value(json_object_get(up->failed, "message")),
                                json_string_value(json_object_get(up->failed, "code")),
                                json_object_get(up->failed, "data"));
    case LINK_EVENT:
        return link_make_event(to, up->event);
    case LINK_DELTA:
        return link_make_delta(to, up->event);
    case LINK_RESULT:
        return link_make_result(to, up->outcome, up->result, true);
    case LINK_PROGRESS:
        break;
    }
    return -EINVAL;
}

/* A string with a NUL inside is cut there by the makers, which take C strings. */
static bool has_nul(const struct link_up *up)
{
    const char *name;
    const json_t *value;

    json_object_foreach (up->failed, name, value)
        if (json_is_string(value) && strlen(json_string_value(value)) != json_string_length(value))
            return true;
    return false;
}

static void check_up(const char *text, size_t size)
{
    struct link_up up, again;
    struct error err = {.number = 0};
    struct buf line = BUF_INIT(LINE_MAX_BYTES);
    int r = link_parse_up(text, size, &up, &err);

    HOLDS(r == 0 || (r == -EBADMSG && err.text[0]));
    if (r < 0)
        return;
    if (up.type != LINK_PROGRESS && !has_nul(&up)) {
        HOLDS(make_again(&line, &up) == 0);
        HOLDS(!memchr(line.at, '\n', line.len - 1));
        HOLDS(link_parse_up(line.at, line.len, &again, &err) == 0);
        check_same(&up, &again);
        link_up_release(&again);
    }
    buf_release(&line);
    link_up_release(&up);
}

static void check_down(const char *text, size_t size)
{
    struct link_down down;
    struct error err = {.number = 0};
    int r = link_parse_down(text, size, &down, &err);

    HOLDS(r == 0 || (r == -EBADMSG && err.text[0]));
    if (r == 0)
        link_down_release(&down);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_up((const char *)data, size);
    check_down((const char *)data, size);
    return 0;
}
