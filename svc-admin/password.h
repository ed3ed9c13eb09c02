/* password - hashes of passwords (yescrypt), and which passwords may be chosen. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_MIN 10 /* bytes */
#define PASSWORD_MAX 128
#define PASSWORD_HASH_MAX 384

enum password_fault { PASSWORD_FINE, PASSWORD_LENGTH, PASSWORD_HAS_NAME };
enum password_fault password_judge(const char *password, const char *username);

/* 40 ms of a core and 16 MiB each. False: no memory, or no chance to be had. */
bool password_hash(const char *password, char out[PASSWORD_HASH_MAX]);
/* `hash` NULL (nobody of that name): takes as long, and is false. */
bool password_check(const char *password, const char *hash);
/* The calling thread gives way to whoever serves visitors, from now on. */
void password_give_way(void);
