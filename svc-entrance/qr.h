/* qr - pictures of codes (ISO 18004, error correction M, quiet zone of 4 modules). The only user of libqrencode and libpng. */
#pragma once
#include <stdbool.h>
#include "common/strbuf.h"

/* Append the picture of `text`. False: there is no memory for it, or the text is too long for a QR code. */
bool qr_svg(const char *text, struct strbuf *out);
bool qr_png(const char *text, struct strbuf *out);
