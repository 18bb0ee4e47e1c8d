#include "way_back.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/xalloc.h"
#include "ctl/terminal/out.h"
#include "story/safe_text.h"

enum { ADVICE_MAX = 64 * 1024 * 1024 };

/* `councilctl --socket X` as this command was called. */
static void add_self(const struct ctl *ctl, struct buf *to)
{
    static const char *const names[] = {"socket", "tenant"};
    text_add(to, "councilctl");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = args_value(&ctl->args, names[i]);
        if (!value)
            continue;
        text_addf(to, " --%s ", names[i]);
        text_escape(to, value, strlen(value), TEXT_LINE);
    }
}

void way_back_tell(const struct ctl *ctl, const char *run_id)
{
    struct buf text = BUF_INIT(ADVICE_MAX), self = BUF_INIT(ADVICE_MAX);
    add_self(ctl, &self);
    const char *me = xcheck(buf_str(&self));
    if (run_id) {
        text_addf(&text, "\nThe run goes on. To come back:\n");
        text_addf(&text, "  %s events %s    follow it\n", me, run_id);
        text_addf(&text, "  %s await %s     wait for its result\n", me, run_id);
        text_addf(&text, "  %s cancel %s    end it early\n", me, run_id);
    } else {
        text_addf(&text, "\nThe daemon had not answered yet. See: %s ps\n", me);
    }
    out_tell(xcheck(buf_str(&text)));
    buf_release(&text);
    buf_release(&self);
}
