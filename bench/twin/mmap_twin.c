// SPDX-License-Identifier: GPL-2.0
/*
 * mmap_twin: what mmap_areas is measured against.
 *
 * Maps memory as the mmap demo driver for Linux 2.6 did, in the C of today: a
 * vmalloc area from page offset 0, one remap_pfn_range() a page, and a kmalloc
 * area from page offset npages, one call for all. From 4 * npages on there is an
 * area that is mapped for a device that is not cache-coherent, and comes page by
 * page as it is touched. It answers two of the ioctls of module/uapi.rs. There is
 * nothing else in it, so its cost is what a plain driver in C costs.
 */

#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static unsigned int npages = 16;
module_param(npages, uint, 0444);
MODULE_PARM_DESC(npages, "Size of an area and distance of the offsets, in pages");

#define AREA_VMALLOC 0
#define AREA_KMALLOC 1
#define AREA_STREAMING 4
#define AREAS 6

#define TYPE_WRITE_BACK 1
#define REASON_CPU_ONLY 1
#define REASON_HANDED_OVER 4

struct twin_describe {
	__u32 area;
	__u32 areas;
	__u64 offset;
	__u64 size;
	__u32 coherent;
	__u32 requested;
	__u32 granted;
	__u32 reason;
	__u32 device_end;
	__u32 mapped_coherent;
	char why[32];
};

#define SYNC_FOR_CPU 0
#define SYNC_FOR_DEVICE 1

struct twin_sync {
	__u32 area;
	__u32 direction;
	__u64 offset;
	__u64 length;
};

#define DESCRIBE _IOWR(0xbc, 0, struct twin_describe)
#define SYNC _IOW(0xbc, 3, struct twin_sync)

static void *vmalloc_area;
static void *kmalloc_area;
static void *streaming_area;

/* Stands for the hardware of a driver. */
static struct platform_device *device;
static dma_addr_t streaming_handle;

/* A vmalloc area need not be contiguous, so each page is mapped on its own. */
static int twin_map_vmalloc(struct vm_area_struct *vma)
{
	unsigned long address = vma->vm_start;
	char *page = vmalloc_area;
	int error;

	while (address < vma->vm_end) {
		error = remap_pfn_range(vma, address, vmalloc_to_pfn(page),
					PAGE_SIZE, vma->vm_page_prot);
		if (error)
			return error;
		address += PAGE_SIZE;
		page += PAGE_SIZE;
	}
	return 0;
}

static int twin_map_kmalloc(struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start,
			       PHYS_PFN(virt_to_phys(kmalloc_area)),
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static vm_fault_t twin_fault(struct vm_fault *vmf)
{
	unsigned long page = vmf->pgoff - AREA_STREAMING * npages;

	return vmf_insert_pfn(vmf->vma, vmf->address,
			      PHYS_PFN(virt_to_phys(streaming_area)) + page);
}

static const struct vm_operations_struct twin_vm_operations = {
	.fault = twin_fault,
};

static int twin_map_streaming(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &twin_vm_operations;
	return 0;
}

static int twin_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma_pages(vma) > npages)
		return -EIO;
	if (vma->vm_pgoff == AREA_VMALLOC * npages)
		return twin_map_vmalloc(vma);
	if (vma->vm_pgoff == AREA_KMALLOC * npages)
		return twin_map_kmalloc(vma);
	if (vma->vm_pgoff == AREA_STREAMING * npages)
		return twin_map_streaming(vma);
	return -EIO;
}

static long twin_describe(struct twin_describe __user *argument)
{
	struct twin_describe describe;
	const char *why;

	if (copy_from_user(&describe, argument, sizeof(describe)))
		return -EFAULT;

	describe.areas = AREAS;
	describe.offset = (u64)describe.area * npages * PAGE_SIZE;
	describe.size = npages * PAGE_SIZE;
	describe.coherent = 0;
	describe.requested = TYPE_WRITE_BACK;
	describe.granted = TYPE_WRITE_BACK;
	describe.device_end = 0;
	describe.mapped_coherent = 0;
	switch (describe.area) {
	case AREA_VMALLOC:
	case AREA_KMALLOC:
		describe.reason = REASON_CPU_ONLY;
		why = "CPUs alone share it";
		break;
	case AREA_STREAMING:
		describe.reason = REASON_HANDED_OVER;
		why = "cached, handed over by SYNC";
		break;
	default:
		return -EINVAL;
	}
	strscpy_pad(describe.why, why);

	if (copy_to_user(argument, &describe, sizeof(describe)))
		return -EFAULT;
	return 0;
}

static long twin_sync(struct file *file, struct twin_sync __user *argument)
{
	struct twin_sync sync;
	u64 end;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(&sync, argument, sizeof(sync)))
		return -EFAULT;
	if (sync.area != AREA_STREAMING)
		return sync.area < AREAS ? -EOPNOTSUPP : -EINVAL;
	if (check_add_overflow(sync.offset, sync.length, &end))
		return -EOVERFLOW;
	if (end > npages * PAGE_SIZE)
		return -EINVAL;

	switch (sync.direction) {
	case SYNC_FOR_CPU:
		if (sync.length)
			dma_sync_single_for_cpu(&device->dev,
						streaming_handle + sync.offset,
						sync.length, DMA_BIDIRECTIONAL);
		return 0;
	case SYNC_FOR_DEVICE:
		if (sync.length)
			dma_sync_single_for_device(&device->dev,
						   streaming_handle + sync.offset,
						   sync.length, DMA_BIDIRECTIONAL);
		return 0;
	default:
		return -EINVAL;
	}
}

static long twin_ioctl(struct file *file, unsigned int command,
		       unsigned long argument)
{
	switch (command) {
	case DESCRIBE:
		return twin_describe((void __user *)argument);
	case SYNC:
		return twin_sync(file, (void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations twin_operations = {
	.owner = THIS_MODULE,
	.mmap = twin_mmap,
	.unlocked_ioctl = twin_ioctl,
};

static struct miscdevice twin_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &twin_operations,
	.mode = 0600,
};

static int __init twin_init(void)
{
	size_t size = array_size(npages, PAGE_SIZE);
	int error = -ENOMEM;

	if (!npages || size > KMALLOC_MAX_SIZE)
		return -EINVAL;
	/* Slab pages must not be mapped; larger ones are of the page allocator. */
	size = max_t(size_t, size, KMALLOC_MAX_CACHE_SIZE + PAGE_SIZE);

	vmalloc_area = vzalloc(size);
	if (!vmalloc_area)
		return error;

	kmalloc_area = kzalloc(size, GFP_KERNEL);
	if (!kmalloc_area)
		goto free_vmalloc;

	streaming_area = kzalloc(size, GFP_KERNEL);
	if (!streaming_area)
		goto free_kmalloc;

	device = platform_device_register_simple(KBUILD_MODNAME,
						 PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device)) {
		error = PTR_ERR(device);
		goto free_streaming;
	}

	streaming_handle = dma_map_single(&device->dev, streaming_area,
					  npages * PAGE_SIZE, DMA_BIDIRECTIONAL);
	error = dma_mapping_error(&device->dev, streaming_handle);
	if (error)
		goto unregister_device;

	error = misc_register(&twin_device);
	if (error)
		goto unmap_streaming;
	return 0;

unmap_streaming:
	dma_unmap_single(&device->dev, streaming_handle, npages * PAGE_SIZE,
			 DMA_BIDIRECTIONAL);
unregister_device:
	platform_device_unregister(device);
free_streaming:
	kfree(streaming_area);
free_kmalloc:
	kfree(kmalloc_area);
free_vmalloc:
	vfree(vmalloc_area);
	return error;
}
module_init(twin_init);

/* A mapping holds its file, and the file this module: nothing is mapped here. */
static void __exit twin_exit(void)
{
	misc_deregister(&twin_device);
	dma_unmap_single(&device->dev, streaming_handle, npages * PAGE_SIZE,
			 DMA_BIDIRECTIONAL);
	platform_device_unregister(device);
	kfree(streaming_area);
	kfree(kmalloc_area);
	vfree(vmalloc_area);
}
module_exit(twin_exit);

MODULE_AUTHOR("board-check developers");
MODULE_DESCRIPTION("Kernel memory shared with user space as a plain driver in C does");
MODULE_LICENSE("GPL");
