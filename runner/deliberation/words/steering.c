#include "steering.h"

#include <stdbool.h>
#include <string.h>

const char *const FENCE_WORDS[] = {"forged_delimiter", "role_marker", "override", "campaign", NULL};

static bool any_of(const char *text, const char *const *phrases)
{
    for (; *phrases; phrases++)
        if (strstr(text, *phrases))
            return true;
    return false;
}

static bool role_mark(const char *text)
{
    static const char *const marks[] = {
        "system:", "assistant:", "user:", "developer:", "<|", "[inst]", "<<sys>>"};
    for (const char *line = text; line; line = strchr(line, '\n')) {
        while (*line == '\n' || *line == ' ')
            line++;
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
            if (strncmp(line, marks[i], strlen(marks[i])) == 0)
                return true;
    }
    return false;
}

static bool override(const char *text)
{
    static const char *const verbs[] = {"ignore", "disregard", "forget", NULL};
    static const char *const objects[] = {
        "previous instruction", "prior instruction", "above instruction",  "earlier instruction",
        "your instruction",     "system prompt",     "instructions above", NULL};
    for (int i = 0; verbs[i]; i++) {
        for (const char *at = strstr(text, verbs[i]); at; at = strstr(at + 1, verbs[i])) {
            char window[128];
            size_t len = strnlen(at, sizeof window - 1);
            memcpy(window, at, len);
            window[len] = '\0';
            if (any_of(window, objects))
                return true;
        }
    }
    return false;
}

static bool override_abroad(const char *text)
{
    static const char *const phrases[] = {
        "ignoriere alle vorherigen",
        "ignoriere alle bisherigen",
        "ignoriere alle anweisungen",
        "ignoriere die vorherigen",
        "ignoriere deine anweisungen",
        "vergiss alle bisherigen",
        "ignore les instructions",
        "ignorez les instructions",
        "oublie les instructions",
        "ignora las instrucciones",
        "olvida las instrucciones",
        "ignore as instru\xc3\xa7\xc3\xb5"
        "es",
        "ignora le istruzioni",
        "\xe5\xbf\xbd\xe7\x95\xa5\xe4\xb9\x8b\xe5\x89\x8d", /* ignore what came before */
        "\xe5\xbf\xbd\xe7\x95\xa5\xe4\xbb\xa5\xe4\xb8\x8a", /* ignore the above */
        "\xd0\xb8\xd0\xb3\xd0\xbd\xd0\xbe\xd1\x80\xd0\xb8\xd1\x80\xd1\x83\xd0\xb9", /* ignore */
        NULL};
    return any_of(text, phrases);
}

/* Whole words of Latin letters: "vote for me" is not in "vote for measures". */
static bool any_whole(const char *text, const char *const *phrases)
{
    for (; *phrases; phrases++) {
        size_t len = strlen(*phrases);
        for (const char *at = strstr(text, *phrases); at; at = strstr(at + 1, *phrases)) {
            bool begins = at == text || at[-1] < 'a' || at[-1] > 'z';
            if (begins && (at[len] < 'a' || at[len] > 'z'))
                return true;
        }
    }
    return false;
}

static bool campaign(const char *text)
{
    static const char *const phrases[] = {"rank me first",
                                          "rank this response first",
                                          "rank this answer first",
                                          "rank it first",
                                          "rank my answer",
                                          "rank my response",
                                          "put me first",
                                          "place me first",
                                          "choose me",
                                          "vote for me",
                                          "vote for this response",
                                          "vote for this answer",
                                          "vote for my",
                                          "choose this response",
                                          "choose this answer",
                                          "choose my answer",
                                          "choose my response",
                                          "select this response",
                                          "select this answer",
                                          "prefer this response",
                                          "prefer my response",
                                          "prefer my answer",
                                          "give this response the highest",
                                          "give this answer the highest",
                                          "give me the highest",
                                          "deserves the highest score",
                                          "deserves the top",
                                          "deserves first place",
                                          "deserves your vote",
                                          "declare this response",
                                          "declare me the winner",
                                          NULL};
    return any_whole(text, phrases);
}

static bool campaign_abroad(const char *text)
{
    static const char *const phrases[] = {
        "stimme f\xc3\xbcr mich", /* vote for me */
        "stimmt f\xc3\xbcr mich",
        "w\xc3\xa4hle mich",
        "w\xc3\xa4hlt mich",
        "w\xc3\xa4hle diese antwort",
        "setze mich auf platz",
        "setze diese antwort auf platz",
        "votez pour moi",
        "vote pour moi",
        "choisissez cette r\xc3\xa9ponse",
        "classez cette r\xc3\xa9ponse",
        "classez-moi",
        "vota por m\xc3\xad",
        "voten por m\xc3\xad",
        "vote em mim",
        "elige esta respuesta",
        "elige mi respuesta",
        "vota per me",
        "scegli questa risposta",
        "\xe8\xaf\xb7\xe9\x80\x89\xe6\x8b\xa9\xe6\x88\x91", /* please choose me */
        "\xe6\x8a\x95\xe7\xa5\xa8\xe7\xbb\x99\xe6\x88\x91", /* vote for me */
        "\xe6\x8a\x8a\xe6\x88\x91\xe6\x8e\x92",             /* rank me */
        "\xe7\xa7\x81\xe3\x81\xab\xe6\x8a\x95\xe7\xa5\xa8", /* vote for me */
        "\xd0\xb3\xd0\xbe\xd0\xbb\xd0\xbe\xd1\x81\xd1\x83\xd0\xb9 \xd0\xb7\xd0\xb0 "
        "\xd0\xbc\xd0\xb5\xd0\xbd\xd1\x8f", /* vote for me */
        NULL};
    return any_whole(text, phrases);
}

int steering_flags(const char *text)
{
    return (role_mark(text) ? FENCE_ROLE_MARK : 0) |
           (override(text) || override_abroad(text) ? FENCE_OVERRIDE : 0) |
           (campaign(text) || campaign_abroad(text) ? FENCE_CAMPAIGN : 0);
}
