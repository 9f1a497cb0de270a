"""The web desk: server-rendered pages over the functions of `hub.pipeline` and `warehouse`, Chinese and English."""
