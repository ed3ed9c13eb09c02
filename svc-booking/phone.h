/* phone - Korean telephone numbers: mobile (010, 011, 016-019), area codes (02, 031-064), 070, 050x. */
#pragma once
#include <stdbool.h>

#define PHONE_MAX 12 /* digits of the longest normalised number (050x) */

/* Digits only, starting with 0: "010-1234-5678", "01012345678" and "+82-10-1234-5678" all become "01012345678". Single
 * hyphens between digits are the only other characters allowed. False: no Korean number; `out` is "". */
bool phone_normalise(const char *text, char out[PHONE_MAX + 1]);
