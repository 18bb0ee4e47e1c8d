#include "classify.h"

#include <stdbool.h>
#include <stddef.h>

#define TRANSIENT(c)                                                                               \
    {                                                                                              \
        "transient", (c)                                                                           \
    }
#define PERMANENT(c)                                                                               \
    {                                                                                              \
        "permanent", (c)                                                                           \
    }

struct row {
    int number;
    struct fault_class means;
};

/* Numbers, not CURLE_ names: some of them are newer than the oldest libcurl this builds with. */
static const struct row TRANSPORT[] = {
    {5, TRANSIENT("dns")},
    {6, TRANSIENT("dns")},
    {7, TRANSIENT("connect")},
    {28, TRANSIENT("connect_timeout")},
    {35, TRANSIENT("tls_handshake")},
    {8, TRANSIENT("connection_lost")},
    {16, TRANSIENT("connection_lost")},
    {18, TRANSIENT("connection_lost")},
    {52, TRANSIENT("connection_lost")},
    {55, TRANSIENT("connection_lost")},
    {56, TRANSIENT("connection_lost")},
    {61, TRANSIENT("connection_lost")},
    {80, TRANSIENT("connection_lost")},
    {81, TRANSIENT("connection_lost")},
    {92, TRANSIENT("connection_lost")},
    {95, TRANSIENT("connection_lost")},
    {96, TRANSIENT("connection_lost")},
    {53, PERMANENT("tls")},
    {54, PERMANENT("tls")},
    {58, PERMANENT("tls")},
    {59, PERMANENT("tls")},
    {60, PERMANENT("tls")},
    {64, PERMANENT("tls")},
    {66, PERMANENT("tls")},
    {77, PERMANENT("tls")},
    {82, PERMANENT("tls")},
    {83, PERMANENT("tls")},
    {90, PERMANENT("tls")},
    {91, PERMANENT("tls")},
    {98, PERMANENT("tls")},
    {27, TRANSIENT("out_of_memory")},
};

static const struct row STATUS[] = {
    {401, PERMANENT("auth")},
    {403, PERMANENT("auth")},
    {402, PERMANENT("insufficient_credit")},
    {404, PERMANENT("model_not_found")},
    {408, TRANSIENT("request_timeout")},
    {409, TRANSIENT("conflict")},
    {421, TRANSIENT("conflict")},
    {423, TRANSIENT("conflict")},
    {425, TRANSIENT("conflict")},
    {429, TRANSIENT("rate_limited")},
    {451, PERMANENT("content_filtered")},
    {498, TRANSIENT("overloaded")}, /* Groq: no room in its flexible tier */
    {501, PERMANENT("invalid_request")},
    {505, PERMANENT("invalid_request")},
    {529, TRANSIENT("overloaded")},
};

static const struct fault_class *look_up(const struct row *rows, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return &rows[i].means;
    return NULL;
}

struct fault_class classify_transport(int curl_code)
{
    const struct fault_class *found =
        look_up(TRANSPORT, sizeof(TRANSPORT) / sizeof(TRANSPORT[0]), curl_code);
    return found ? *found : (struct fault_class)PERMANENT("transport");
}

struct fault_class classify_status(int status)
{
    const struct fault_class *found = look_up(STATUS, sizeof(STATUS) / sizeof(STATUS[0]), status);
    if (found)
        return *found;
    if (status >= 500 && status <= 599)
        return (struct fault_class)TRANSIENT("server_error");
    if (status >= 400 && status <= 499)
        return (struct fault_class)PERMANENT("invalid_request");
    if (status >= 300 && status <= 399)
        return (struct fault_class)PERMANENT("unexpected_redirect");
    return (struct fault_class)TRANSIENT("bad_response");
}
