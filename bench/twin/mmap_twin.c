// SPDX-License-Identifier: GPL-2.0
/*
 * mmap_twin: what mmap_areas is measured against.
 *
 * Maps memory as the mmap demo driver for Linux 2.6 did, in the C of today: a
 * vmalloc area from page offset 0, one remap_pfn_range() a page, and a kmalloc
 * area from page offset npages, one call for all. There is nothing else in it, so
 * its cost is what a plain driver in C costs.
 */

#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static unsigned int npages = 16;
module_param(npages, uint, 0444);
MODULE_PARM_DESC(npages, "Size of an area and distance of the offsets, in pages");

static void *vmalloc_area;
static void *kmalloc_area;

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

static int twin_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma_pages(vma) > npages)
		return -EIO;
	if (vma->vm_pgoff == 0)
		return twin_map_vmalloc(vma);
	if (vma->vm_pgoff == npages)
		return twin_map_kmalloc(vma);
	return -EIO;
}

static const struct file_operations twin_operations = {
	.owner = THIS_MODULE,
	.mmap = twin_mmap,
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
	int error;

	if (!npages || size > KMALLOC_MAX_SIZE)
		return -EINVAL;
	/* Slab pages must not be mapped; larger ones are of the page allocator. */
	size = max_t(size_t, size, KMALLOC_MAX_CACHE_SIZE + PAGE_SIZE);

	vmalloc_area = vzalloc(size);
	if (!vmalloc_area)
		return -ENOMEM;

	kmalloc_area = kzalloc(size, GFP_KERNEL);
	if (!kmalloc_area) {
		error = -ENOMEM;
		goto free_vmalloc;
	}

	error = misc_register(&twin_device);
	if (error)
		goto free_kmalloc;
	return 0;

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
	kfree(kmalloc_area);
	vfree(vmalloc_area);
}
module_exit(twin_exit);

MODULE_AUTHOR("board-check developers");
MODULE_DESCRIPTION("Kernel memory mapped as the mmap demo driver for Linux 2.6 did");
MODULE_LICENSE("GPL");
