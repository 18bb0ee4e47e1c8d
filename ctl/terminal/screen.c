#include "screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "out.h"
#include "story/safe_text.h"

enum { OUT_MAX = 256 * 1024 * 1024, DEFAULT_COLUMNS = 80, DEFAULT_LINES = 24, DRAWN_MAX = 128 };

struct screen {
    int fd;
    bool live;
    bool colour;
    bool held;
    struct buf out;
    struct buf rows;
    size_t drawn[DRAWN_MAX]; /* columns of each row on the terminal */
    size_t n_drawn;
};

bool screen_can_draw(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

struct screen *screen_new(int fd)
{
    struct screen *s = xcalloc(1, sizeof *s);
    s->fd = fd;
    buf_init(&s->out, OUT_MAX);
    buf_init(&s->rows, OUT_MAX);
    const char *no_colour = getenv("NO_COLOR");
    s->live = screen_can_draw(fd);
    s->colour = s->live && !(no_colour && *no_colour);
    return s;
}

void screen_free(struct screen *s)
{
    if (!s)
        return;
    screen_hold(s, false);
    buf_clear(&s->rows);
    screen_show(s);
    buf_release(&s->out);
    buf_release(&s->rows);
    free(s);
}

bool screen_is_live(const struct screen *s)
{
    return s->live;
}

size_t screen_columns(const struct screen *s)
{
    struct winsize w;
    if (ioctl(s->fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        return w.ws_col;
    return DEFAULT_COLUMNS;
}

size_t screen_lines(const struct screen *s)
{
    struct winsize w;
    if (ioctl(s->fd, TIOCGWINSZ, &w) == 0 && w.ws_row > 0)
        return w.ws_row;
    return DEFAULT_LINES;
}

const char *screen_style(const struct screen *s, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_PLAIN] = "\033[0m", [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",
        [STYLE_RED] = "\033[31m",  [STYLE_GREEN] = "\033[32m", [STYLE_YELLOW] = "\033[33m",
        [STYLE_CYAN] = "\033[36m",
    };
    return s->colour ? sequences[style] : "";
}

struct buf *screen_out(struct screen *s)
{
    return &s->out;
}

struct buf *screen_rows(struct screen *s)
{
    return &s->rows;
}

/* A terminal that has become narrower has broken our rows: they are higher now. */
static void erase_rows(struct screen *s, struct buf *to)
{
    size_t width = screen_columns(s), height = 0;
    for (size_t i = 0; i < s->n_drawn; i++)
        height += s->drawn[i] ? (s->drawn[i] + width - 1) / width : 1;
    if (height)
        text_addf(to, "\r\033[%zuA\033[J", height);
    s->n_drawn = 0;
}

static void draw_rows(struct screen *s, struct buf *to)
{
    size_t width = screen_columns(s), room = screen_lines(s);
    const char *at = s->rows.at, *end = at + s->rows.len;
    while (at < end && s->n_drawn + 1 < room && s->n_drawn < DRAWN_MAX) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((feed ? feed : end) - at);
        size_t fit = text_fit(at, len, width - 1);
        if (buf_add(to, at, fit) < 0)
            xcheck(NULL);
        text_add(to, screen_style(s, STYLE_PLAIN));
        text_add(to, "\n");
        s->drawn[s->n_drawn++] = text_columns(at, fit);
        at += len + 1;
    }
}

void screen_show(struct screen *s)
{
    if (s->held) {
        buf_clear(&s->rows);
        return;
    }
    struct buf frame = BUF_INIT(OUT_MAX);
    if (s->live)
        erase_rows(s, &frame);
    if (s->out.len && buf_add(&frame, s->out.at, s->out.len) < 0)
        xcheck(NULL);
    if (s->live && s->rows.len)
        draw_rows(s, &frame);
    if (frame.len)
        out_write(s->fd, frame.at, frame.len);
    buf_release(&frame);
    buf_clear(&s->out);
    buf_clear(&s->rows);
}

void screen_hold(struct screen *s, bool hold)
{
    if (hold && !s->held) {
        buf_clear(&s->rows);
        screen_show(s);
    }
    s->held = hold;
}
