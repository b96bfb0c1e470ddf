"""Everything that says ``st.``: the frame (``shell``), one script per page, and the pieces they share (``ui``)."""
