#include "ballot_text.h"

#include <stdlib.h>

#include "common/jx.h"

#include "form.h"
#include "runner/deliberation/words/strbuf.h"

static bool begins(const char *text, const char *lower_word)
{
    for (; *lower_word; text++, lower_word++)
        if ((*text >= 'A' && *text <= 'Z' ? *text + 32 : *text) != *lower_word)
            return false;
    return true;
}

/* The name without emphasis and without what models put behind it ("B - best of all"). */
static char *bare_name(const struct form *f, const char *text, size_t len)
{
    struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < len; i++)
        if (text[i] != '*' && text[i] != '`' && text[i] != '"')
            strbuf_add(&out, text + i, 1);
    char *all = strbuf_take(&out), *name = text_trim(all);
    free(all);
    static const char *const ends[] = {" - ", " \xe2\x80\x93 ", " \xe2\x80\x94 ", ":", "(", ",",
                                       "."};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && !form_resolve(f, name); i++) {
        char *end = strstr(name, ends[i]);
        if (end)
            *end = '\0';
    }
    return name;
}

static json_t *text_ranking(const struct form *f, const char *content)
{
    const char *heading = NULL;
    for (const char *p = content; *p; p++)
        if (begins(p, "final ranking"))
            heading = p;
    if (!heading)
        return NULL;
    json_t *list = j_array();
    for (const char *line = strchr(heading, '\n'); line; line = strchr(line, '\n')) {
        line += strspn(line, " \t\r\n");
        size_t digits = strspn(line, "0123456789");
        if (digits == 0 || (line[digits] != '.' && line[digits] != ')'))
            continue;
        const char *rest = line + digits + 1;
        char *name = bare_name(f, rest, strcspn(rest, "\n"));
        j_add(list, j_string(name));
        free(name);
    }
    json_t *o = j_object();
    j_set(o, "ordering", list);
    return o;
}

static json_t *text_vote(const struct form *f, const char *content)
{
    static const char *const words[] = {"final vote", "vote", "choice"};
    json_t *found = NULL;
    for (const char *line = content; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t*_#>-");
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            const char *rest = at + strlen(words[i]);
            if (!begins(at, words[i]))
                continue;
            rest += strspn(rest, " \t*_");
            if (*rest != ':' && *rest != '=')
                continue;
            char *name = bare_name(f, rest + 1, strcspn(rest + 1, "\n"));
            json_decref(found);
            found = j_object();
            j_set(found, "choice", j_string(name));
            free(name);
            break;
        }
    }
    return found;
}

json_t *ballot_of_text(const struct form *f, const char *content)
{
    if (f->kind == FORM_VOTE)
        return text_vote(f, content);
    if (f->kind == FORM_RANKING)
        return text_ranking(f, content);
    return NULL;
}
