include $(sort $(wildcard $(BR2_EXTERNAL_BOARD_CHECK_PATH)/package/*/*.mk))
