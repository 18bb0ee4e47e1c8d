#include "strategies.h"

#include <string.h>

#include "auto_classify.h"
#include "auto_embedding.h"
#include "auto_rules.h"
#include "runner/deliberation/words/unknown.h"

/* A strategy is a row here and a file. */
static const struct strategy rows[] = {
    {.name = "rules", .try = auto_rules},
    {.name = "llm_classify", .try = auto_classify},
    {.name = "llm_build", .try = auto_design, .builds = true},
    {.name = "embedding", .try = auto_embedding},
    {.name = "cascade"},
};

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    kind_unknown("strategy", name);
}
