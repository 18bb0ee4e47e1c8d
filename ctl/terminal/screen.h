/* Where output for people goes: lines that stay, and, on a terminal, a few rows below them that are
 * drawn again and again in place. In a pipe there are no rows and no colours.
 *
 * Lines are added to screen_out(), rows to screen_rows() (each ends with a line feed; too long ones
 * are cut at the terminal's width); screen_show() brings both to the terminal in one write.
 * screen_free() takes the rows away and leaves the lines. */
#ifndef CTL_TERMINAL_SCREEN_H
#define CTL_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_CYAN };

struct screen;

/* Is it a terminal on which rows can be drawn? */
bool screen_can_draw(int fd);
/* Looks at the descriptor, TERM and NO_COLOR. The descriptor stays the caller's. */
struct screen *screen_new(int fd);
void screen_free(struct screen *s);

bool screen_is_live(const struct screen *s); /* rows can be drawn */
size_t screen_columns(const struct screen *s);
size_t screen_lines(const struct screen *s);
/* The sequence that begins a style, or "" without colours. STYLE_PLAIN ends it. */
const char *screen_style(const struct screen *s, enum style style);

struct buf *screen_out(struct screen *s);
struct buf *screen_rows(struct screen *s);
void screen_show(struct screen *s);
/* While held nothing is written and rows are not drawn (somebody is being asked something); lines
 * are kept for the end of it. */
void screen_hold(struct screen *s, bool hold);

#endif
