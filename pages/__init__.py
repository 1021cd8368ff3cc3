"""The pages of the dashboard, one thin file each: filters, one service call, the empty case, charts."""
