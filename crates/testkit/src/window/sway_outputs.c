/* Monitors that are unplugged, where the compositor has none: preloaded into sway.

   Sway 1.7 takes a monitor away in two steps: it has wlroots switch it off, and then forgets it, which is
   what its clients see. The monitors of wlroots 0.15 that exist in memory only refuse the first step,
   so sway never comes to the second. Here they are left on, where nobody sees them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>

struct wlr_output;

void wlr_output_enable(struct wlr_output *output, bool enable) {
    void (*real)(struct wlr_output *, bool) = dlsym(RTLD_NEXT, "wlr_output_enable");
    if (enable) {
        real(output, true);
    }
}
