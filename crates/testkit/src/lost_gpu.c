/* Loses the GPU: preloaded into camwall, it answers the next submission with VK_ERROR_DEVICE_LOST while
   the file named by CAMWALL_LOST exists, and removes the file. The program asks the loader of Vulkan for
   every function by name, beginning with dlsym, so that is where it begins here, too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VK_ERROR_DEVICE_LOST = -4 };

typedef void (*function)(void);
typedef function (*getter)(void *, const char *);
typedef int (*submitter)(void *, uint32_t, const void *, void *);

static getter of_instance, of_device;
static submitter submit;

static int lost_submit(void *queue, uint32_t count, const void *submits, void *fence)
{
    const char *control = getenv("CAMWALL_LOST");
    if (control && access(control, F_OK) == 0 && unlink(control) == 0)
        return VK_ERROR_DEVICE_LOST;
    return submit(queue, count, submits, fence);
}

static function from_device(void *device, const char *name)
{
    function found = of_device(device, name);
    if (found && strcmp(name, "vkQueueSubmit") == 0) {
        submit = (submitter) found;
        return (function) lost_submit;
    }
    return found;
}

static function from_instance(void *instance, const char *name)
{
    function found = of_instance(instance, name);
    if (found && strcmp(name, "vkGetDeviceProcAddr") == 0) {
        of_device = (getter) found;
        return (function) from_device;
    }
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
