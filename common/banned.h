/* Calls that have no place here, made impossible to compile. Included before every file by the
 * Makefile. */
#ifndef COMMON_BANNED_H
#define COMMON_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* clang refuses to poison what its own headers define as macros; gcc is the one that checks. */
#ifndef __clang__
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll atof gets \
    gmtime localtime ctime asctime tmpnam mktemp
#endif

#endif
