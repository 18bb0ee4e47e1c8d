#include "program_tools.h"

bool tool_is_program(const json_t *document)
{
    return json_array_size(json_object_get(document, "argv")) > 0;
}

bool tools_have_programs(const json_t *documents)
{
    const char *name;
    json_t *document;
    json_object_foreach ((json_t *)documents, name, document)
        if (tool_is_program(document))
            return true;
    return false;
}
