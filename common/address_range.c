#include "address_range.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "parse.h"

static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const unsigned char NAT64[12] = {0, 0x64, 0xff, 0x9b};

static void put_v4(unsigned char bytes[16], const void *v4)
{
    memcpy(bytes, MAPPED, sizeof(MAPPED));
    memcpy(bytes + sizeof(MAPPED), v4, 4);
}

static int parse_address(const char *text, struct address_range *ret)
{
    unsigned char v4[4];
    if (inet_pton(AF_INET, text, v4) == 1) {
        put_v4(ret->bytes, v4);
        return 32;
    }
    return inet_pton(AF_INET6, text, ret->bytes) == 1 ? 128 : -EINVAL;
}

int address_range_parse(const char *text, struct address_range *ret)
{
    char address[INET6_ADDRSTRLEN + 1];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    int64_t bits;
    if (len >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, len);
    address[len] = '\0';
    int width = parse_address(address, ret);
    bits = width;
    if (width < 0 || (slash && parse_int(slash + 1, 0, width, &bits) < 0))
        return -EINVAL;
    ret->bits = (int)bits + 128 - width;
    return 0;
}

static bool bytes_of(const struct sockaddr *address, unsigned char bytes[16])
{
    if (address->sa_family == AF_INET) {
        put_v4(bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    if (memcmp(bytes, NAT64, sizeof(NAT64)) == 0)
        memcpy(bytes, MAPPED, sizeof(MAPPED));
    return true;
}

int address_range_match(const struct address_range *range, const struct sockaddr *address)
{
    unsigned char bytes[16];
    size_t whole = (size_t)range->bits / 8;
    int rest = range->bits % 8;
    if (!bytes_of(address, bytes) || memcmp(bytes, range->bytes, whole) != 0)
        return -1;
    if (rest && (bytes[whole] ^ range->bytes[whole]) >> (8 - rest))
        return -1;
    return range->bits;
}
