// SPDX-License-Identifier: GPL-2.0
/* One function for each macro or inline function that Rust needs. */

#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/of_reserved_mem.h>
#include <linux/platform_device.h>
#include <linux/swiotlb.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "shim.h"

/* Pages and protections */

unsigned long mmap_areas_pfn_of_linear_address(const void *address)
{
	return page_to_pfn(virt_to_page(address));
}

bool mmap_areas_is_shared(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE;
}

void *mmap_areas_linear_address(unsigned long pfn)
{
	return page_address(pfn_to_page(pfn));
}

void *mmap_areas_linear_address_of_physical(u64 address)
{
	return phys_to_virt(address);
}

void mmap_areas_make_write_combine(struct vm_area_struct *vma)
{
	vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
}

void mmap_areas_make_device(struct vm_area_struct *vma)
{
	vma->vm_page_prot = pgprot_device(vma->vm_page_prot);
}

void mmap_areas_make_noncached(struct vm_area_struct *vma)
{
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
}

void mmap_areas_make_dirty(pgprot_t *protection)
{
	*protection = __pgprot(pte_val(pte_mkdirty(__pte(pgprot_val(*protection)))));
}

u64 mmap_areas_write_combine_bits(void)
{
	return pgprot_val(pgprot_writecombine(__pgprot(0)));
}

u64 mmap_areas_entry_bits(const struct follow_pfnmap_args *args)
{
#ifdef CONFIG_ARM
	/* Without pte_pgprot() there, args->pgprot is always 0. */
	return pte_val(*args->ptep);
#else
	return pgprot_val(args->pgprot);
#endif
}

void *mmap_areas_map_write_combine(struct page *page)
{
	return vmap(&page, 1, VM_MAP, pgprot_writecombine(PAGE_KERNEL));
}

void mmap_areas_unmap(void *address)
{
	vunmap(address);
}

/* DMA */

bool mmap_areas_is_coherent(struct device *dev)
{
	return dev_is_dma_coherent(dev);
}

bool mmap_areas_is_bounced(struct device *dev)
{
	return is_swiotlb_force_bounce(dev);
}

dma_addr_t mmap_areas_dma_map(struct device *dev, void *address, size_t size)
{
	return dma_map_single(dev, address, size, DMA_BIDIRECTIONAL);
}

void mmap_areas_dma_unmap(struct device *dev, dma_addr_t handle, size_t size)
{
	dma_unmap_single(dev, handle, size, DMA_BIDIRECTIONAL);
}

void mmap_areas_dma_to_cpu(struct device *dev, dma_addr_t handle,
			   unsigned long offset, size_t size)
{
	dma_sync_single_range_for_cpu(dev, handle, offset, size,
				      DMA_BIDIRECTIONAL);
}

void mmap_areas_dma_to_device(struct device *dev, dma_addr_t handle,
			      unsigned long offset, size_t size)
{
	dma_sync_single_range_for_device(dev, handle, offset, size,
					 DMA_BIDIRECTIONAL);
}

void *mmap_areas_dma_target(struct device *dev, dma_addr_t handle)
{
	return phys_to_virt(dma_to_phys(dev, handle));
}

/* Memory that the device tree keeps from the kernel */

int mmap_areas_reserved_memory(struct device *dev, u64 *start, u64 *size)
{
	struct resource resource;
	int error = of_reserved_mem_region_to_resource(dev->of_node, 0, &resource);

	*start = resource.start;
	*size = resource_size(&resource);
	return error;
}

void *mmap_areas_map_device(u64 start, size_t size)
{
	return (void __force *)ioremap(start, size);
}

void *mmap_areas_map_strongly_ordered(u64 start, size_t size)
{
	return (void __force *)ioremap_np(start, size);
}

void mmap_areas_unmap_device(void *address)
{
	iounmap((void __iomem __force *)address);
}

bool mmap_areas_has_node(const char *compatible)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, compatible);

	of_node_put(node);
	return node;
}

struct platform_device *mmap_areas_add_device(const char *name)
{
	const struct platform_device_info info = {
		.name = name,
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};

	return platform_device_register_full(&info);
}

/* What the MMU says: the register as it is. */

#if defined(CONFIG_ARM64)

u64 mmap_areas_probe_user(unsigned long address)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	uaccess_ttbr0_enable();
	asm volatile("at s1e0r, %0" : : "r" (address));
	isb();
	par = read_sysreg_par();
	uaccess_ttbr0_disable();
	local_irq_restore(flags);
	return par;
}

u64 mmap_areas_probe_kernel(unsigned long address)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	asm volatile("at s1e1r, %0" : : "r" (address));
	isb();
	par = read_sysreg_par();
	local_irq_restore(flags);
	return par;
}

#elif defined(CONFIG_ARM_LPAE)

static u64 par(void)
{
	u64 par;

	isb();
	asm volatile("mrrc p15, 0, %Q0, %R0, c7" : "=r" (par));
	return par;
}

u64 mmap_areas_probe_user(unsigned long address)
{
	unsigned long flags;
	unsigned int access;
	u64 result;

	local_irq_save(flags);
	access = uaccess_save_and_enable();
	asm volatile("mcr p15, 0, %0, c7, c8, 2" : : "r" (address));
	result = par();
	uaccess_restore(access);
	local_irq_restore(flags);
	return result;
}

u64 mmap_areas_probe_kernel(unsigned long address)
{
	unsigned long flags;
	u64 result;

	local_irq_save(flags);
	asm volatile("mcr p15, 0, %0, c7, c8, 0" : : "r" (address));
	result = par();
	local_irq_restore(flags);
	return result;
}

#else /* RISC-V has no instruction for it. */

#include <asm/cacheflush.h>
#include <asm/errata_list.h>

void mmap_areas_flush(void *address, size_t size)
{
	ALT_CMO_OP(FLUSH, address, size, riscv_cbom_block_size);
}

#endif
