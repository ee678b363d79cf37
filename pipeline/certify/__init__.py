"""Chứng thực bản sao điện tử từ bản chính: number, lời chứng, two remote signatures, verification, issue."""
