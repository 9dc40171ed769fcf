# SPDX-License-Identifier: GPL-2.0

KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules

modules: | $(KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

$(KDIR):
	@echo 'There are no kernel headers in $(KDIR).' >&2
	@echo 'On Debian and Ubuntu: apt-get install linux-headers-$(shell uname -r)' >&2
	@exit 1

# Without the headers, which may be gone since.
clean:
	$(RM) -r *.o *.ko *.mod *.mod.c .*.cmd .*.o.d .module-common.o \
		.tmp_versions Module.symvers modules.order \
		module/*.o module/.*.cmd module/.*.o.d

.PHONY: all modules clean
