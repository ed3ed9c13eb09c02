/* figures - what booking, payment and entrance tell becomes the numbers of the dashboard (migrations/013_admin_figures.sql). */
#pragma once
#include "admin.h"

extern const struct admin_part figures_part;
