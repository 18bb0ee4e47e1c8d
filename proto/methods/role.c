#include "role.h"

const char *const ROLE_WORDS[] = {"look", "ask", "operate", 0};

const char *role_name(enum role role)
{
    return role == ROLE_NONE ? "none" : ROLE_WORDS[role - ROLE_LOOK];
}

bool role_may(enum role role, enum role needed)
{
    return role >= (needed == ROLE_NONE ? ROLE_OPERATE : needed);
}
