/* Ranges of IP addresses, as configurations name them: "10.0.0.0/8", "fe80::/10", "192.0.2.7". */
#ifndef COMMON_ADDRESS_RANGE_H
#define COMMON_ADDRESS_RANGE_H

#include <stdbool.h>
#include <sys/socket.h>

struct address_range {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;                /* of the 128 that have to be equal */
};

/* 0, or -EINVAL for a text that is none. */
int address_range_parse(const char *text, struct address_range *ret);
/* How many bits of the address the range fixes; -1: it is not in there, or no IP address. An IPv4
 * address is one however it is wrapped (mapped, or by NAT64). */
int address_range_match(const struct address_range *range, const struct sockaddr *address);

#endif
