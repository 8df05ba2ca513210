/* A GPU that can't show pictures in a window, as where another one drives the display: preloaded into
   camwall, no way to present is offered. The program asks the loader of Vulkan for every function by name,
   beginning with dlsym, so that is where it begins here, too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { VK_ERROR_UNKNOWN = -13 };

typedef void (*function)(void);
typedef function (*getter)(void *, const char *);

static getter of_instance;

static int no_modes(void *gpu, uint64_t surface, uint32_t *count, void *modes)
{
    (void) gpu, (void) surface, (void) count, (void) modes;
    return VK_ERROR_UNKNOWN;
}

static function from_instance(void *instance, const char *name)
{
    if (strcmp(name, "vkGetPhysicalDeviceSurfacePresentModesKHR") == 0)
        return (function) no_modes;
    function found = of_instance(instance, name);
    if (found && strcmp(name, "vkGetInstanceProcAddr") == 0) {
        of_instance = (getter) found;
        return (function) from_instance;
    }
    return found;
}

void *dlsym(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    /* Which version of the name there is depends on the C library. */
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    for (size_t i = 0; !real && i < sizeof versions / sizeof *versions; i++)
        real = (void *(*)(void *, const char *)) dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    if (!real)
        abort();
    void *found = real(handle, name);
    if (found && strcmp(name, "vkGetInstanceProcAddr") == 0) {
        of_instance = (getter) found;
        return (void *) from_instance;
    }
    return found;
}
