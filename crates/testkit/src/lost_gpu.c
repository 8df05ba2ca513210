/* Loses the GPU: preloaded into camwall, it answers the next submission with VK_ERROR_DEVICE_LOST while
   the file named by CAMWALL_LOST exists, and removes the file. */
#include "vulkan_loader.h"
#include <unistd.h>

enum { VK_ERROR_DEVICE_LOST = -4 };

typedef int (*submitter)(void *, uint32_t, const void *, void *);

static getter of_device;
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

static function replaced(const char *name, function found)
{
    if (found && strcmp(name, "vkGetDeviceProcAddr") == 0) {
        of_device = (getter) found;
        return (function) from_device;
    }
    return found;
}
